print("roadstead")
